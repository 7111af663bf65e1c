//! The floor: agents and their states, numbers, queues and the ready pool.
