-- peek: a cost, and lines. Answers five numbers for each line, as decide does.
local cost = next_number()
tidy()
end_reservations()

local answer = {}
for _, c in ipairs(read_lines()) do
	local time, wait = never, never
	if cost <= c.limit then time = available(c, ahead(c, '') + cost) end
	if time ~= never then wait = after(c, time) end
	local n = #answer
	answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4], answer[n + 5] = 1, c.limit, left(c), after(c, reset(c)), wait
	save(c)
end
save_meta()
return answer
