"""What dispatch, adapters and schedules need of storage, in the core's own terms."""
