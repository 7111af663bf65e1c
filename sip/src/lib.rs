//! SIP without sockets: message, transaction, dialog, leg, registrar, digest.
