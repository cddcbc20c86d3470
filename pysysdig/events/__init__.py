"""What an event is: the event table, parameter types, flag tables, columns and batches.

Text convention of the whole engine ("byte text"): every string that comes from a capture is a `str`
decoded as latin-1, one character per byte, so nothing is lost and nothing fails to decode. It is encoded
back to latin-1 at the output. Text typed by the user is turned into byte text by `text.from_user`.
"""
