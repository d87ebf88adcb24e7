"""How an audit is shown: pages made once, written for the console or as Markdown, and data."""
