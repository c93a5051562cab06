-- decide: number, id, sum, cost, least, life of the reservation (0: for good), queue (1: take a place), the mode (charge;
-- probe: charge nothing; force: charge whatever is left), and the lines. The same number is charged once. Answers the
-- verdict, what is granted, the number, the life, the wait, the group's last number, and five numbers for each line: what it is (0 no matter, 1 a limit, 2 a dry run that refuses), its capacity, left, reset and wait.
local proceed, defer, reject_cost, reject_reused = 1, 2, 3, 4

local number, id, sum = next_arg(), next_arg(), next_arg()
local cost, least, life = next_number(), next_number(), next_number()
local queue, mode = next_arg() == '1', next_arg()
local probe = mode == 'probe'

tidy()
end_reservations()

local lines = read_lines()
local answer = {proceed, 0, number, 0, 0, 0}

local function tell(c, what)
	local n = #answer
	answer[n + 1], answer[n + 2], answer[n + 3] = what, c.limit, left(c)
	answer[n + 4], answer[n + 5] = after(c, reset(c)), c.wait or 0
end

local function finish()
	for _, c in ipairs(lines) do save(c) end
	save_meta()
	answer[6] = meta.seq
	return answer
end

local decided = find(number)
if not decided and id ~= '' then
	local known = redis.call('GET', prefix .. 'i:' .. id)
	decided = known and find(known)
	local reused = decided and decided.sum ~= sum
	for _, c in ipairs(lines) do
		local waits = not decided and sum_of(c, id)
		reused = reused or (waits and waits ~= sum)
	end
	if reused then
		answer[1] = reject_reused
		for _, c in ipairs(lines) do tell(c, 0) end
		return finish()
	end
end
if decided then
	answer[2], answer[3] = decided.granted, decided.number
	if decided.life > 0 then answer[4] = decided.ends - now end
	for _, c in ipairs(lines) do tell(c, c.dry and 0 or 1) end
	return finish()
end

local fit = cost
for _, c in ipairs(lines) do
	if not c.dry and least > c.limit and mode ~= 'force' then answer[1] = reject_cost end
	if not queue then leave(c, id) end -- it gives its place up
	c.ahead = ahead(c, id)
	c.fits = left(c) - c.ahead
	if not c.dry then fit = math.min(fit, c.fits) end
end
if answer[1] == reject_cost then
	for _, c in ipairs(lines) do tell(c, (not c.dry and least > c.limit) and 1 or 0) end
	return finish()
end

if mode == 'force' then fit = cost end
local refused = fit < least
local wanted = refused and least or fit
local longest = 0
for _, c in ipairs(lines) do
	c.refuses = c.fits < wanted
	c.wait = 0
	if c.refuses then
		local time = c.limit < wanted and never or available(c, c.ahead + wanted)
		c.wait = (time == never) and never or after(c, time)
		if not c.dry then longest = math.max(longest, c.wait) end
	end
end

if refused then
	answer[1], answer[5] = defer, longest
	if queue and id ~= '' and not probe then
		for _, c in ipairs(lines) do
			if c.refuses and not c.dry then stand(c, id, sum, least, now + longest) end
		end
	end
	for _, c in ipairs(lines) do tell(c, c.dry and (c.refuses and 2 or 0) or (c.refuses and 1 or 0)) end
	return finish()
end

answer[2] = fit
if not probe then
	meta.seq, meta_changed = meta.seq + 1, true
	local charge = {number = number, id = id, sum = sum, granted = fit, life = life, state = 'permit', lines = {}}
	for _, c in ipairs(lines) do
		leave(c, id)
		if not (c.dry and c.refuses) then
			local mark = c.type.charge(c, number, fit)
			charge.lines[#charge.lines + 1] = {name = c.name, kind = c.kind, cost = fit, mark = mark}
		end
	end
	charge.ends = now + permit_life
	for _, c in ipairs(lines) do -- a slot in flight can be given back as long as it is taken
		if c.kind == 'f' then charge.ends = math.max(charge.ends, now + c.period) end
	end
	if life > 0 then
		charge.state, charge.ends = 'reserved', now + life
		answer[4] = life
		redis.call('ZADD', prefix .. 'e', charge.ends, number)
		redis.call('PEXPIRE', prefix .. 'e', meta_life)
	end
	save_charge(charge)
end
for _, c in ipairs(lines) do tell(c, c.dry and (c.refuses and 2 or 0) or 1) end
return finish()
