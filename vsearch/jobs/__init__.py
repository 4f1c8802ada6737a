"""What takes long and is done beside the service, in processes of its own."""
