"""Pages: function views, one module per resource. They ask, call one service, show."""
