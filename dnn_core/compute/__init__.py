"""Where training happens: a Dask cluster of its own, beside the dashboard.

========================  ====================================================
`cluster.py`              the dashboard's side: start, submit, ask, stop, reconcile
`reconcile.py`            what became of runs whose worker or cluster is gone
`tasks.py`                what workers do, called by run id
`process.py`              is a cluster running here, and start one
`serve.py`                the process itself: scheduler and workers on loopback
`machines.py`             whether workers that were started elsewhere can do the work
`local_claims.py`         runs that a process of its own runs, outside the cluster
`preload.py`              what a worker does before it takes its first task
`certificate.py`, `lock.py`, `snapshot.py`  a part each of the above
========================  ====================================================

A scheduler of one's own, named by `DASK_SCHEDULER_ADDRESS`, needs this package
on scheduler and workers, the same workspace (`DNN_WORKBENCH_HOME`), and workers
started with `--resources training=1 --preload dnn_core.compute.preload`; see
`docs/guide/machines.md`.
"""
