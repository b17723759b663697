"""What if: edits, the forks that they make, and one branch shown against another."""
