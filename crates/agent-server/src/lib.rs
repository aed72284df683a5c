//! The agent server's protocol: REST and sockets over conversations. Parses, makes one call, renders; decides nothing.
