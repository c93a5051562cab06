-- A counter is kept in a packed value (h:NAME), its entries in a sorted set (z:NAME) of "number:cost", and those who wait
-- in two more (q:NAME, w:NAME). NAME is the rule, a space, and the key. What differs between the algorithms is in `kinds`.
local kinds = {}
local never = -1

local fields = {
	'kind', 'capacity', 'period', -- the limit, as it was last asked for
	'seen', 'used', 'closed', 'learned', 'lost', 'waiting', 'indexed',
	'began', 'ends', 'before', -- of windows and calendars
	'debt', 'paid', 'oldest', -- of buckets; the oldest entry of logs
}

local function cost_of(member) return tonumber(string.match(member, ':(%d+)$')) end

-- open loads a counter and brings it to a time, or to the latest that it has seen. Without a limit it is as last asked for.
local function open(name, at, limit)
	local changed, used = nil, 0
	local c = {name = name, state = prefix .. 'h:' .. name, entries = prefix .. 'z:' .. name}
	local packed = redis.call('GET', c.state)
	if packed then
		local values = cmsgpack.unpack(packed)
		for i, field in ipairs(fields) do c[field] = values[i] end
		if limit and c.kind ~= limit.kind then
			packed = nil
			changed = open(name, at) -- it counts in another way from now on, and begins with what was used
			if changed.kind ~= 'k' or changed.now < changed.ends then
				used = math.max(0, math.min(changed.limit, changed.limit - changed.type.left(changed)))
			end
		end
	end
	if not packed then
		if not limit then return nil end
		for _, field in ipairs(fields) do c[field] = 0 end
		c.fresh = true
		c.kind, c.capacity, c.period = limit.kind, limit.capacity, limit.period
		redis.call('DEL', c.entries)
	end
	c.type = kinds[c.kind]
	c.now = math.max(at, c.seen)
	c.seen = c.now
	if limit then
		if c.capacity ~= limit.capacity or c.period ~= limit.period then
			c.learned = 0
			if c.type.resize then c.type.resize(c, limit) end
			c.capacity, c.period = limit.capacity, limit.period
		end
		c.bounds = limit.bounds
	end
	c.type.advance(c)
	if meta.lost > c.lost then
		c.lost = meta.lost
		c.type.lose(c)
	end
	c.limit = c.capacity
	if c.learned > 0 and c.learned < c.capacity then c.limit = c.learned end
	if changed then
		if used > 0 then c.type.charge(c, 'before', used) end
		c.closed, c.waiting = math.max(c.closed, changed.closed), changed.waiting
		c.fresh = nil -- it is saved in either case, as the entries of the other are gone
	end
	return c
end

-- close_until grants nothing until a time.
local function close_until(c, time) c.closed = math.max(c.closed, time) end

-- save writes a counter back, and keeps its name in the lists of counters as long as something is counted.
local function save(c)
	local until_when = math.max(c.type.idle(c), c.closed)
	if c.waiting > 0 then until_when = math.max(until_when, c.now + 3600000000) end
	if c.learned > 0 then until_when = math.max(until_when, c.now + meta_life * 1000) end
	if until_when <= c.now and c.fresh then return end
	if until_when > c.now and until_when > c.indexed then
		c.indexed = until_when + math.max(c.period, 1000000)
		redis.call('ZADD', prefix .. 'x', c.indexed, c.name)
		redis.call('ZADD', prefix .. 'l', 0, c.name)
		redis.call('PEXPIRE', prefix .. 'x', meta_life * 2)
		redis.call('PEXPIRE', prefix .. 'l', meta_life * 2)
	end
	local values = {}
	for i, field in ipairs(fields) do values[i] = c[field] end
	until_when = math.max(until_when, c.now)
	set(c.state, cmsgpack.pack(values), until_when)
	if c.kind == 'l' or c.kind == 'f' or c.kind == 'b' then
		redis.call('PEXPIRE', c.entries, life_until(until_when))
	end
end

-- available is the time at which n more than all that is promised can be granted, or never.
local function available(c, n)
	if c.limit < 1 then return never end
	local rounds = math.floor((n - 1) / c.limit)
	local time
	if c.type.endless then
		time = c.type.available(c, n)
	else
		time = c.type.available(c, n - rounds * c.limit)
		if rounds > 0 then time = c.type.again(c, time, rounds) end
	end
	return math.max(time, c.closed, c.now)
end

-- left is how much can be granted now, whoever waits.
local function left(c)
	if c.closed > c.now then return 0 end
	return math.max(0, math.min(c.limit, c.type.left(c)))
end

-- reset is the time at which more is free; 0 when all is.
local function reset(c)
	local n = left(c)
	if n >= c.limit then return 0 end
	return available(c, n + 1)
end

-- after is the time from now until a time, 0 when the counter has passed it.
local function after(c, time)
	if time <= c.now then return 0 end
	return time - now
end

-- tidy forgets the names of counters that are idle for long.
local function tidy()
	if now - meta.tidy < 10000000 and now >= meta.tidy then return end
	meta.tidy, meta_changed = now, true
	local old = redis.call('ZRANGEBYSCORE', prefix .. 'x', '-inf', now, 'LIMIT', 0, 500)
	for _, name in ipairs(old) do
		redis.call('ZREM', prefix .. 'x', name)
		redis.call('ZREM', prefix .. 'l', name)
	end
end
