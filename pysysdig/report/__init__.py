"""Reports: a capture as one page to look at.

`collect` sums the events of a capture up in one pass, `document` makes plain data of it, `page` one HTML file of that; `assets/`
holds what the page is made of.
"""
