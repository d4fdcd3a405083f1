"""What every room of the window is built from: widgets, theme and icons, wording, and a few shared actions."""
