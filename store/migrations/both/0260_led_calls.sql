-- Which calls a version of a workflow led.
CREATE INDEX call_step_led ON call_step (note) WHERE step = 'led';
