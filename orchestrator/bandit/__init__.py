"""The Python twin of the SQL bandit, bit for bit."""
