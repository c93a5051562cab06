-- The token bucket: a token is worth a time, and the debt is the time until the bucket is full. Time pays the oldest charge
-- first; `paid` is what it has paid of the oldest. A refund takes out what is not paid. `oldest` is the time of the payments.
local function token_of(capacity, period) return math.ceil(period / capacity) end

local function pay(c, elapsed)
	if elapsed <= 0 then return end
	if elapsed >= c.debt then
		if c.debt > 0 then redis.call('DEL', c.entries) end
		c.debt, c.paid = 0, 0
		return
	end
	c.debt = c.debt - elapsed
	c.paid = c.paid + elapsed
	local token, gone = token_of(c.capacity, c.period), 0
	walk(c.entries, function(member)
		local worth = cost_of(member) * token
		if c.paid < worth then return true end
		c.paid, gone = c.paid - worth, gone + 1
	end)
	if gone > 0 then redis.call('ZREMRANGEBYRANK', c.entries, 0, gone - 1) end
end

kinds.b = {
	endless = true,
	advance = function(c)
		pay(c, c.now - c.oldest)
		c.oldest = c.now
	end,
	-- A bucket of another size owes the same number of tokens.
	resize = function(c, limit)
		pay(c, c.now - c.oldest)
		c.oldest = c.now
		local was, is = token_of(c.capacity, c.period), token_of(limit.capacity, limit.period)
		c.debt = math.ceil(c.debt * is / was)
		c.paid = math.floor(c.paid * is / was)
	end,
	left = function(c) return c.limit - math.ceil(c.debt / token_of(c.capacity, c.period)) end,
	available = function(c, n)
		return c.now + c.debt - (c.limit - n) * token_of(c.capacity, c.period)
	end,
	charge = function(c, number, cost)
		if c.debt == 0 then c.paid = 0 end
		redis.call('ZADD', c.entries, meta.seq, number .. ':' .. cost)
		c.debt = c.debt + cost * token_of(c.capacity, c.period)
		return 0
	end,
	refund = function(c, line, number, back)
		local token, member = token_of(c.capacity, c.period), number .. ':' .. line.cost
		local rank = redis.call('ZRANK', c.entries, member)
		if not rank then return false end
		local score, stay = redis.call('ZSCORE', c.entries, member), line.cost - back
		redis.call('ZREM', c.entries, member)
		local paid = 0
		if rank == 0 then paid = c.paid end
		-- What stays is paid first.
		local unpaid = math.min(back * token, line.cost * token - paid)
		c.debt = math.max(0, c.debt - unpaid)
		if paid < stay * token then
			redis.call('ZADD', c.entries, score, number .. ':' .. stay)
		elseif rank == 0 then
			c.paid = 0
		end
		return unpaid > 0
	end,
	idle = function(c) return c.now + c.debt end,
	lose = function(c)
		local token = token_of(c.capacity, c.period)
		redis.call('DEL', c.entries)
		redis.call('ZADD', c.entries, meta.seq, 'lost:' .. c.capacity)
		c.debt, c.paid = c.capacity * token, 0
		pay(c, c.now - c.lost)
	end,
}
