"""What a run is asked about itself: whether its gradients are right."""
