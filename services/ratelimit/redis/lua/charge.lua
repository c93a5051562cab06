-- A charge is kept under its number (c:NUMBER) until its reservation ends, or for ten minutes, a slot in flight for its period; its caller's id (i:ID) leads to
-- it. Reservations stand in a sorted set by their end (e).
local permit_life = 600000000

local function load_charge(number)
	local packed = redis.call('GET', prefix .. 'c:' .. number)
	if not packed then return nil end
	local v = cmsgpack.unpack(packed)
	local charge = {number = number, id = v[1], sum = v[2], granted = v[3], ends = v[4], state = v[5], life = v[7], lines = {}}
	for i, l in ipairs(v[6]) do charge.lines[i] = {name = l[1], kind = l[2], cost = l[3], mark = l[4]} end
	return charge
end

local function save_charge(charge)
	local lines = {}
	for i, l in ipairs(charge.lines) do lines[i] = {l.name, l.kind, l.cost, l.mark} end
	local packed = cmsgpack.pack({charge.id, charge.sum, charge.granted, charge.ends, charge.state, lines, charge.life})
	set(prefix .. 'c:' .. charge.number, packed, charge.ends)
	if charge.id ~= '' then set(prefix .. 'i:' .. charge.id, charge.number, charge.ends) end
end

local function forget(charge)
	redis.call('DEL', prefix .. 'c:' .. charge.number)
	if charge.id ~= '' then redis.call('DEL', prefix .. 'i:' .. charge.id) end
	if charge.state == 'reserved' then redis.call('ZREM', prefix .. 'e', charge.number) end
end

-- give_back refunds a charge but for what was used, as of a time. What is in flight lands in either case.
local function give_back(charge, used, at)
	for _, line in ipairs(charge.lines) do
		local back = line.cost - used
		if line.kind == 'f' then back = line.cost end
		local c = back > 0 and open(line.name, at)
		if c and c.kind == line.kind then
			c.type.refund(c, line, charge.number, back)
			save(c)
		end
	end
end

-- find loads a charge that is not over.
local function find(number)
	local charge = load_charge(number)
	if charge and charge.ends > now then return charge end
end

-- end_reservations refunds what has ended before anything else happens, each as of its own end. It is bounded, so that
-- no call holds up the server: what remains is refunded by the next calls.
local function end_reservations()
	local over = redis.call('ZRANGEBYSCORE', prefix .. 'e', '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1000)
	for i = 1, #over, 2 do
		local charge = load_charge(over[i])
		if charge then
			give_back(charge, 0, charge.ends)
			forget(charge)
		else
			redis.call('ZREM', prefix .. 'e', over[i])
		end
	end
end
