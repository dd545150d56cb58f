"""Who is due, overdue or flagged, and why: for everybody who watches over patients."""
