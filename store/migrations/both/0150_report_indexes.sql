-- Reports and checks read these by their moment.
CREATE INDEX disposition_time ON disposition (at);
CREATE INDEX agent_clock_at ON agent_clock (at);
