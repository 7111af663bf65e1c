//! The media plane: SDP, RTP, codecs, sessions as pure machines, and the workers that own sockets.
