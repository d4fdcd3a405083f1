"""What can be checked in a sentence: its figures with their units, its dates and times, its names, what it denies.

Each is read into one form, so that 1,234.50 and 1.234,50, “31 March 2027” and 2027-03-31, “three” and 3 are the same.
What can be read in two ways, such as 1.234 or 03/04/2027, has both readings, and agrees where one of them does.
"""
