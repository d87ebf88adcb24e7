"""How an audit is shown: pages made once, written for the console, as Markdown or as HTML; pictures; and data."""
