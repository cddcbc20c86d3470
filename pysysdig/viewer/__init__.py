"""Reports over HTTP, for one person on this machine: the page of report/, and what it asks for while it is looked at.

`server` decides who may ask and how much, `answers` works out what is asked.
"""
