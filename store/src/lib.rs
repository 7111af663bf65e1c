//! What happened and what was set: the journal, its fold into SQL, and the repositories.
