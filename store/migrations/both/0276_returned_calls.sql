-- Whoever called and met nobody is listed until somebody speaks to them, whichever of the two calls:
-- asked of every such caller by every desk.
CREATE INDEX call_from ON call (calling, started_at) WHERE direction = 'inbound';
CREATE INDEX call_met ON call (called, started_at) WHERE connected_at IS NOT NULL;
