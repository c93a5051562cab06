-- Those who wait for a counter stand in a sorted set by their order (q:NAME); a hash (w:NAME) says what each waits for and
-- when it was told to come ("cost:time:sum"). A place is dropped when its owner does not come in time.
local grace, most_places = 5000000, 1000

local function keys_of(c) return prefix .. 'q:' .. c.name, prefix .. 'w:' .. c.name end

local function place_of(queue, id)
	local text = redis.call('HGET', queue, id)
	if not text then return nil end
	local cost, due, sum = string.match(text, '^(%d+):(%d+):(%w+)$')
	return tonumber(cost), tonumber(due), sum
end

local function leave(c, id)
	if c.waiting == 0 or id == '' then return end
	local order, told = keys_of(c)
	local cost = place_of(told, id)
	if not cost then return end
	redis.call('ZREM', order, id)
	redis.call('HDEL', told, id)
	c.waiting = math.max(0, c.waiting - cost)
end

-- sum_of is what the caller of an id that waits asked for, or nil.
local function sum_of(c, id)
	if c.waiting == 0 then return nil end
	local _, told = keys_of(c)
	local _, _, sum = place_of(told, id)
	return sum
end

-- ahead is how much is promised to others before this caller.
local function ahead(c, id)
	if c.waiting == 0 then return 0 end
	local order, told = keys_of(c)
	while true do
		local first = redis.call('ZRANGE', order, 0, 0)[1]
		if not first then
			c.waiting = 0
			return 0
		end
		local _, due = place_of(told, first)
		if due + grace > c.now then break end
		leave(c, first)
	end
	local rank = id ~= '' and redis.call('ZRANK', order, id)
	if not rank then return c.waiting end
	local sum = 0
	if rank > 0 then
		for _, text in ipairs(redis.call('HMGET', told, unpack(redis.call('ZRANGE', order, 0, rank - 1)))) do
			sum = sum + tonumber(string.match(text, '^(%d+):'))
		end
	end
	return sum
end

-- stand takes a place, or notes for one that is taken when its owner was told to come.
local function stand(c, id, sum, cost, due)
	local order, told = keys_of(c)
	local was = place_of(told, id)
	if not was then
		if redis.call('ZCARD', order) >= most_places then return end
		meta.seq, meta_changed = meta.seq + 1, true
		redis.call('ZADD', order, meta.seq, id)
		was = 0
	end
	redis.call('HSET', told, id, string.format('%.0f:%.0f:', cost, due) .. sum)
	c.waiting = c.waiting + cost - was
	local life = life_until(due + grace)
	for _, key in ipairs({order, told}) do
		if redis.call('PTTL', key) < life then redis.call('PEXPIRE', key, life) end
	end
end
