-- walk calls f(member, score) for the entries in their order until it returns true.
local function walk(key, f)
	local chunk, from = 64, 0
	while true do
		local list = redis.call('ZRANGE', key, from, from + chunk - 1, 'WITHSCORES')
		for i = 1, #list, 2 do
			if f(list[i], tonumber(list[i + 1])) then return end
		end
		if #list < 2 * chunk then return end
		from = from + chunk
	end
end

local function first_score(key)
	local head = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
	return tonumber(head[2] or 0)
end

-- drop takes the entries up to a score out of what is used.
local function drop(c, score)
	if c.used == 0 or c.oldest > score then return end
	for _, member in ipairs(redis.call('ZRANGEBYSCORE', c.entries, '-inf', score)) do
		c.used = c.used - cost_of(member)
	end
	redis.call('ZREMRANGEBYSCORE', c.entries, '-inf', score)
	c.oldest = first_score(c.entries)
end

-- freed is the time at which n fit, when entries leave some time after their score.
local function freed(c, n, after)
	local excess, time = c.used + n - c.limit, c.now
	if excess <= 0 then return time end
	walk(c.entries, function(member, score)
		excess = excess - cost_of(member)
		time = score + after
		return excess <= 0
	end)
	return time
end

local function add(c, number, cost, score)
	redis.call('ZADD', c.entries, score, number .. ':' .. cost)
	if c.used == 0 or score < c.oldest then c.oldest = score end
	c.used = c.used + cost
end

-- take takes an entry out, and puts back what is to stay of it.
local function take(c, line, number, back)
	local member = number .. ':' .. line.cost
	local score = redis.call('ZSCORE', c.entries, member)
	if not score then return false end
	redis.call('ZREM', c.entries, member)
	if back < line.cost then redis.call('ZADD', c.entries, score, number .. ':' .. (line.cost - back)) end
	c.used = c.used - back
	c.oldest = first_score(c.entries)
	return true
end

-- The exact log: every grant is remembered for one period.
kinds.l = {
	advance = function(c) drop(c, c.now - c.period) end,
	left = function(c) return c.limit - c.used end,
	available = function(c, n) return freed(c, n, c.period) end,
	again = function(c, time, rounds) return time + rounds * c.period end,
	charge = function(c, number, cost) add(c, number, cost, c.now) return 0 end,
	refund = take,
	idle = function(c)
		if c.used == 0 then return 0 end
		return c.now + c.period
	end,
	lose = function(c) close_until(c, c.lost + c.period) end,
}

-- What is in flight: every grant holds its slots until they are given back, or for one period.
kinds.f = {
	advance = function(c) drop(c, c.now) end,
	left = function(c) return c.limit - c.used end,
	available = function(c, n) return freed(c, n, 0) end,
	again = function(c, time, rounds) return time + rounds * c.period end,
	charge = function(c, number, cost) add(c, number, cost, c.now + c.period) return 0 end,
	refund = take,
	idle = function(c)
		if c.used == 0 then return 0 end
		return c.now + c.period
	end,
	lose = function(c) close_until(c, c.lost + c.period) end,
}
