"""Other servers that work for us, behind OpenAI's addresses: where they may be, how they are asked, and given up."""
