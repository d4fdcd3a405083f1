"""The windows themselves: what opens them, what stands around the rooms, and how one gets from room to room."""
