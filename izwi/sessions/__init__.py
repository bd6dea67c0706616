"""What survives a dropped line or a crashed server: each conversation's state, sealed, and an audit without words."""
