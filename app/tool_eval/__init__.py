"""How well tools are called at an endpoint: the model, its template and its parser, judged by what arrives."""
