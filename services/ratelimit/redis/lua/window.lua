-- The sliding counter: two windows side by side, of which the older one counts by the part of it that is still in view.
local function estimate(c)
	if c.before == 0 then return c.used end
	return c.used + math.ceil(c.before * (c.period - (c.now - c.began)) / c.period)
end

-- fades is when, in the window that begins then, no more than some of what was used before it counts.
local function fades(c, began, before, some)
	if before <= some then return began end
	return began + c.period - math.floor(some * c.period / before)
end

kinds.c = {
	advance = function(c)
		if c.used == 0 and c.before == 0 then return end
		local passed = math.floor((c.now - c.began) / c.period)
		if passed == 1 then
			c.before, c.used, c.began = c.used, 0, c.began + c.period
		elseif passed > 1 then
			c.before, c.used, c.began = 0, 0, c.now
		end
	end,
	resize = function(c, limit)
		kinds.c.advance(c)
		if limit.period ~= c.period then c.used, c.before, c.began = estimate(c), 0, c.now end
	end,
	left = function(c) return c.limit - estimate(c) end,
	available = function(c, n)
		if estimate(c) + n <= c.limit then return c.now end
		if c.used + n <= c.limit then return fades(c, c.began, c.before, c.limit - c.used - n) end
		return fades(c, c.began + c.period, c.used, c.limit - n)
	end,
	again = function(c, time, rounds) return time + rounds * c.period end,
	charge = function(c, _, cost)
		if c.used == 0 and c.before == 0 then c.began = c.now end
		c.used = c.used + cost
		return c.began
	end,
	refund = function(c, line, _, back)
		local window
		if line.mark == c.began then
			window = 'used'
		elseif line.mark == c.began - c.period then
			window = 'before'
		else
			return false
		end
		back = math.min(back, c[window])
		c[window] = c[window] - back
		return back > 0
	end,
	idle = function(c)
		if c.used > 0 then return c.began + 2 * c.period end
		if c.before > 0 then return c.began + c.period end
		return 0
	end,
	lose = function(c) close_until(c, c.lost + c.period) end,
}

-- The calendar: what was used since the day or the month began. The caller says when periods end, because it knows
-- about time zones: from the first of `bounds` on, one period ends with each of the others.
kinds.k = {
	advance = function(c)
		if c.now < c.ends or not c.bounds then return end
		local ends
		for i = #c.bounds, 2, -1 do
			if c.bounds[i] > c.now then ends = c.bounds[i] end
		end
		if not ends or c.now < c.bounds[1] then error({err = 'CALENDAR ' .. string.format('%.0f', c.now)}) end
		c.used, c.began, c.ends, c.period = 0, c.now, ends, c.bounds[#c.bounds] - c.bounds[#c.bounds - 1]
	end,
	left = function(c)
		if c.now >= c.ends then return c.limit end
		return c.limit - c.used
	end,
	available = function(c, n)
		if c.used + n <= c.limit then return c.now end
		return c.ends
	end,
	again = function(c, time, rounds) return c.ends + rounds * c.period end,
	charge = function(c, _, cost)
		c.used = c.used + cost
		return c.began
	end,
	refund = function(c, line, _, back)
		if line.mark ~= c.began or c.now >= c.ends then return false end
		back = math.min(back, c.used)
		c.used = c.used - back
		return back > 0
	end,
	idle = function(c)
		if c.used == 0 then return 0 end
		return c.ends
	end,
	-- A month without anything would be worse than what was lost: it counts as if used evenly until then.
	lose = function(c)
		if c.lost < c.ends - c.period or c.ends <= c.now then return end
		local evenly = math.ceil(c.capacity * (c.lost - (c.ends - c.period)) / c.period)
		c.used = math.max(c.used, math.min(c.capacity, evenly))
	end,
}
