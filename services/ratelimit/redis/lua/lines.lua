-- read_lines opens the counters that the arguments name: for each a name, the kind, capacity, period, dry (0 or 1), and for
-- a calendar four bounds.
local function read_lines()
	local lines = {}
	for i = 1, next_number() do
		local name, limit = next_arg(), {kind = next_arg(), capacity = next_number(), period = next_number()}
		local dry = next_arg() == '1'
		if limit.kind == 'k' then limit.bounds = {next_number(), next_number(), next_number(), next_number()} end
		lines[i] = open(name, now, limit)
		lines[i].dry = dry
	end
	return lines
end
