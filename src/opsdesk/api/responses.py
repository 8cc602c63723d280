"""The answers that any address may give, for the description of the API."""

from opsdesk.api.values import Problem

READ = dict.fromkeys((400, 401, 403, 404, 422, 429, 500, 503), Problem)
WRITE = {**READ, **dict.fromkeys((409, 411, 413, 415), Problem)}
