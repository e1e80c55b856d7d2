"""An append-only log: Merkle tree, leaves, signed notes, checkpoints, receipts."""
