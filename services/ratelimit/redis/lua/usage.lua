-- usage: a prefix of keys, the name after which to begin, and how many counters at most. Answers the name, what is used,
-- the capacity and the reset of each.
local wanted, begin, most = next_arg(), next_arg(), next_number()
tidy()
end_reservations()

local answer, found = {}, 0
local from = begin == '' and '-' or '(' .. begin
while found < most do
	local names = redis.call('ZRANGEBYLEX', prefix .. 'l', from, '+', 'LIMIT', 0, 256)
	if #names == 0 then break end
	for _, name in ipairs(names) do
		local space = string.find(name, ' ', 1, true)
		if string.sub(name, space + 1, space + #wanted) == wanted and found < most then
			local c = open(name, now)
			if c then
				c.fresh = nil
				local n, used = #answer, c.limit - left(c)
				if used > 0 then
					answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = name, used, c.limit, after(c, reset(c))
					found = found + 1
				end
				save(c)
			end
		end
		from = '(' .. name
	end
end
save_meta()
return answer
