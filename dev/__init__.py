"""What a developer of smart_dunning runs; nothing in here is part of the addon."""
