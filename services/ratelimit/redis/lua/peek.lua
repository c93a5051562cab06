-- peek: a cost, and lines. Answers five numbers for each line, as decide does.
local cost = next_number()
tidy()
end_reservations()

local answer = {}
for _, c in ipairs(read_lines()) do
	local time, wait = never, never
	if cost <= c.limit then time = available(c, ahead(c, '') + cost) end
	if time ~= never then wait = math.max(0, time - now) end
	local again = reset(c)
	if again > 0 then again = math.max(0, again - now) end
	local n = #answer
	answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4], answer[n + 5] = 1, c.limit, left(c), again, wait
	save(c)
end
save_meta()
return answer
