"""What is computed and never guessed: amounts with their units, and days of the calendar.

Pure functions over what a model wrote; what they cannot read is refused with the reason, for the model to read.
"""
