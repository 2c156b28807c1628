"""Pictures of digits: MNIST."""
