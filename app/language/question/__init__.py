"""What a question asks for beside its words: typed operators, and limits that plain words say, as filters.

Pure: today's date and the names of folders and senders are given. No library of dates is used: dateparser was measured
at 18 to 500 ms a question, and it takes “last March” for this year's and “we” for a weekday.
"""
