"""What Familiar remembers of the person: told, proposed, changed and forgotten on a page of its own."""
