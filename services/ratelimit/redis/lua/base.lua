-- What every script begins with. KEYS[1] is the group's own key, "…{group}:m"; every other key has the same tag.
-- ARGV: now in µs (empty: the server's clock), slack in ms added to each key's expiry, the last number that the caller
-- knows of the group, what it knows of the server ("new", "kept": each write is on disk, or "lost"), and the latest time
-- in µs at which the server may have started.
local RUN = '@RUN@'
local prefix = string.sub(KEYS[1], 1, -2)
local slack = tonumber(ARGV[2])
local meta_life = 32 * 86400000

local now
if ARGV[1] == '' then
	local t = redis.call('TIME')
	now = t[1] * 1000000 + t[2]
else
	now = tonumber(ARGV[1])
end

-- next_arg reads the arguments in their order.
local position = 5
local function next_arg()
	position = position + 1
	return ARGV[position]
end
local function next_number() return tonumber(next_arg()) end

-- The group: seq counts its charges, lost is when it was noticed that counts were lost, run is the server's.
local meta = {seq = 0, lost = 0, run = '', tidy = 0}
local meta_changed = false
do
	local packed = redis.call('GET', KEYS[1])
	if packed then
		local m = cmsgpack.unpack(packed)
		meta.seq, meta.lost, meta.run, meta.tidy = m[1], m[2], m[3], m[4]
	end
	local known, server = tonumber(ARGV[3]), ARGV[4]
	if meta.seq < known then
		meta.seq, meta.lost, meta_changed = known, now, true
	end
	if RUN ~= '' and meta.run ~= RUN then
		if server == 'lost' or (meta.run ~= '' and server ~= 'kept') then meta.lost = math.min(now, tonumber(ARGV[5])) end
		meta.run, meta_changed = RUN, true
	end
end

-- life_until is how long a key is kept that is needed until a time, in ms.
local function life_until(time) return math.max(0, math.ceil((time - now) / 1000)) + slack end

local function set(key, value, until_when) redis.call('SET', key, value, 'PX', life_until(until_when)) end

local function save_meta()
	if not meta_changed then return end
	redis.call('SET', KEYS[1], cmsgpack.pack({meta.seq, meta.lost, meta.run, meta.tidy}), 'PX', meta_life)
	meta_changed = false
end
