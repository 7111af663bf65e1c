//! The HTTP and WebSocket API: identity, resources, live events, OpenAPI.
