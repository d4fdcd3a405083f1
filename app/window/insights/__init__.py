"""How answers have been: figures by week, each with its plot, and what failed."""
