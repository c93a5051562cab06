-- settle: what to do ("commit" or "cancel"), and pairs of a number and what was really used (0: all). Answers 1 for each that
-- was done.
local act = next_arg()
tidy()
end_reservations()

local done = {}
for i = 1, (#ARGV - position) / 2 do
	local number, used = next_arg(), next_number()
	local charge = find(number)
	done[i] = 0
	if charge and act == 'commit' then
		if charge.state ~= 'committed' then
			if used == 0 or used > charge.granted then used = charge.granted end
			give_back(charge, used, now)
			if charge.state == 'reserved' then redis.call('ZREM', prefix .. 'e', number) end
			charge.state = 'committed'
			save_charge(charge)
		end
		done[i] = 1
	elseif charge and charge.state ~= 'committed' then
		give_back(charge, 0, now)
		forget(charge)
		done[i] = 1
	end
end
save_meta()
return done
