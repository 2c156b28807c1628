"""The Dask cluster that trains, separate from the dashboard.

========================  ====================================================
`cluster.py`              the dashboard's side: start, submit, ask, stop, reconcile
`reconcile.py`            record how runs ended whose worker or cluster is gone
`tasks.py`                what workers do, called by run id
`process.py`              find or start the cluster of this machine
`serve.py`                the process itself: scheduler and workers on loopback
`machines.py`             whether workers that were started elsewhere can do the work
`local_claims.py`         runs that a separate process executes, outside the cluster
`preload.py`              warm-up of a worker before its first task
`certificate.py`, `lock.py`, `snapshot.py`  a part each of the above
========================  ====================================================

A scheduler of one's own, named by `DASK_SCHEDULER_ADDRESS`, needs this package
on scheduler and workers, the same workspace (`DNN_WORKBENCH_HOME`), and workers
started with `--resources training=1 --preload dnn_core.compute.preload`; see
`docs/guide/machines.md`.
"""
