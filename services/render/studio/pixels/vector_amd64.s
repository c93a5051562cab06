#include "textflag.h"

// The order of double words after two levels of packing within the halves of a vector.
DATA order<>+0(SB)/4, $0
DATA order<>+4(SB)/4, $4
DATA order<>+8(SB)/4, $1
DATA order<>+12(SB)/4, $5
DATA order<>+16(SB)/4, $2
DATA order<>+20(SB)/4, $6
DATA order<>+24(SB)/4, $3
DATA order<>+28(SB)/4, $7
GLOBL order<>(SB), RODATA|NOPTR, $32

// ALL sets every double word of a vector to a number.
#define ALL(number, x, y) \
	MOVL number, AX \
	VMOVD AX, x \
	VPBROADCASTD x, y

// STORE16 narrows the double words of two vectors to 16 pixels at DI.
#define STORE16(y0, y1, x0, x1) \
	VPACKUSDW y1, y0, y0 \
	VPERMQ $0xD8, y0, y0 \
	VEXTRACTI128 $1, y0, x1 \
	VPACKUSWB x1, x0, x0 \
	VMOVDQU x0, (DI)

// func coverAVX2(dst *byte, n int, keep, add uint32)
TEXT ·coverAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ n+8(FP), CX
	ALL(keep+16(FP), X0, Y0)
	ALL(add+20(FP), X1, Y1)
	VMOVDQU order<>(SB), Y6
cover:
	VPMOVZXBD (DI), Y2
	VPMOVZXBD 8(DI), Y3
	VPMOVZXBD 16(DI), Y4
	VPMOVZXBD 24(DI), Y5
	VPMULLD Y0, Y2, Y2
	VPMULLD Y0, Y3, Y3
	VPMULLD Y0, Y4, Y4
	VPMULLD Y0, Y5, Y5
	VPADDD Y1, Y2, Y2
	VPADDD Y1, Y3, Y3
	VPADDD Y1, Y4, Y4
	VPADDD Y1, Y5, Y5
	VPSRLD $16, Y2, Y2
	VPSRLD $16, Y3, Y3
	VPSRLD $16, Y4, Y4
	VPSRLD $16, Y5, Y5
	VPACKUSDW Y3, Y2, Y2
	VPACKUSDW Y5, Y4, Y4
	VPACKUSWB Y4, Y2, Y2
	VPERMD Y2, Y6, Y2
	VMOVDQU Y2, (DI)
	ADDQ $32, DI
	SUBQ $32, CX
	JNZ cover
	VZEROUPPER
	RET

// func mixAVX2(dst, other *byte, n int, to uint32)
TEXT ·mixAVX2(SB), NOSPLIT, $0-28
	MOVQ dst+0(FP), DI
	MOVQ other+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL to+24(FP), BX
	VMOVD BX, X0
	VPBROADCASTW X0, Y0
	MOVL $256, AX
	SUBL BX, AX
	VMOVD AX, X1
	VPBROADCASTW X1, Y1
	MOVL $128, AX
	VMOVD AX, X2
	VPBROADCASTW X2, Y2
mix:
	VPMOVZXBW (DI), Y3
	VPMOVZXBW (SI), Y4
	VPMULLW Y1, Y3, Y3
	VPMULLW Y0, Y4, Y4
	VPADDW Y4, Y3, Y3
	VPADDW Y2, Y3, Y3
	VPSRLW $8, Y3, Y3
	VEXTRACTI128 $1, Y3, X4
	VPACKUSWB X4, X3, X3
	VMOVDQU X3, (DI)
	ADDQ $16, DI
	ADDQ $16, SI
	SUBQ $16, CX
	JNZ mix
	VZEROUPPER
	RET

// BLEND blends eight pixels: d*(65536 - a*Y0>>8) + p*Y1 + Y3, where a is not 0. Y2 is 65536 and Y4 is 0.
#define BLEND(p, a, d, t) \
	VPCMPEQD Y4, a, t \
	VPANDN p, t, p \
	VPMULLD Y0, a, a \
	VPSRLD $8, a, a \
	VPSUBD a, Y2, a \
	VPMULLD a, d, d \
	VPMULLD Y1, p, p \
	VPADDD p, d, d \
	VPADDD Y3, d, d \
	VPSRLD $16, d, d

// func blendAVX2(dst, pix, alpha *byte, n int, opacity uint32)
TEXT ·blendAVX2(SB), NOSPLIT, $0-36
	MOVQ dst+0(FP), DI
	MOVQ pix+8(FP), SI
	MOVQ alpha+16(FP), DX
	MOVQ n+24(FP), CX
	MOVL opacity+32(FP), BX
	MOVL BX, AX
	SHLL $8, AX
	VMOVD AX, X1
	VPBROADCASTD X1, Y1
	ADDL BX, AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	ALL($65536, X2, Y2)
	ALL($32768, X3, Y3)
	VPXOR Y4, Y4, Y4
blend:
	VMOVDQU (DX), X5
	VPTEST X5, X5
	JZ blent
	VPMOVZXBD (DX), Y5
	VPMOVZXBD 8(DX), Y6
	VPMOVZXBD (SI), Y7
	VPMOVZXBD 8(SI), Y8
	VPMOVZXBD (DI), Y9
	VPMOVZXBD 8(DI), Y10
	BLEND(Y7, Y5, Y9, Y11)
	BLEND(Y8, Y6, Y10, Y12)
	STORE16(Y9, Y10, X9, X10)
blent:
	ADDQ $16, DI
	ADDQ $16, SI
	ADDQ $16, DX
	SUBQ $16, CX
	JNZ blend
	VZEROUPPER
	RET

// BLEND2 blends eight pixels of value p/256 and alpha a/256: d*(65536 - (a*Y0>>8)*257>>8) + p*Y0 + Y3.
#define BLEND2(p, a, d, t) \
	VPCMPEQD Y4, a, t \
	VPANDN p, t, p \
	VPMULLD Y0, a, a \
	VPSRLD $8, a, a \
	VPSLLD $8, a, t \
	VPADDD t, a, a \
	VPSRLD $8, a, a \
	VPSUBD a, Y2, a \
	VPMULLD a, d, d \
	VPMULLD Y0, p, p \
	VPADDD p, d, d \
	VPADDD Y3, d, d \
	VPSRLD $16, d, d

// WEIGH mixes sixteen pixels of two rows with the weights Y5 and Y6 to words in a, and spreads them to double words in
// a and b.
#define WEIGH(first, second, a, b, xa, xb) \
	VPMOVZXBW (first), a \
	VPMOVZXBW (second), b \
	VPMULLW Y5, a, a \
	VPMULLW Y6, b, b \
	VPADDW b, a, a \
	VEXTRACTI128 $1, a, xb \
	VPMOVZXWD xb, b \
	VPMOVZXWD xa, a

// func blendTwoAVX2(dst, pix0, alpha0, pix1, alpha1 *byte, n int, upper, opacity uint32)
TEXT ·blendTwoAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ pix0+8(FP), SI
	MOVQ alpha0+16(FP), DX
	MOVQ pix1+24(FP), R8
	MOVQ alpha1+32(FP), R9
	MOVQ n+40(FP), CX
	MOVL upper+48(FP), BX
	ALL(opacity+52(FP), X0, Y0)
	ALL($65536, X2, Y2)
	ALL($32768, X3, Y3)
	VPXOR Y4, Y4, Y4
	VMOVD BX, X5
	VPBROADCASTW X5, Y5
	MOVL $256, AX
	SUBL BX, AX
	VMOVD AX, X6
	VPBROADCASTW X6, Y6
blend2:
	VMOVDQU (DX), X7
	VPOR (R9), X7, X7
	VPTEST X7, X7
	JZ blent2
	WEIGH(DX, R9, Y7, Y8, X7, X8)
	WEIGH(SI, R8, Y9, Y10, X9, X10)
	VPMOVZXBD (DI), Y11
	VPMOVZXBD 8(DI), Y12
	BLEND2(Y9, Y7, Y11, Y13)
	BLEND2(Y10, Y8, Y12, Y14)
	STORE16(Y11, Y12, X11, X12)
blent2:
	ADDQ $16, DI
	ADDQ $16, SI
	ADDQ $16, DX
	ADDQ $16, R8
	ADDQ $16, R9
	SUBQ $16, CX
	JNZ blend2
	VZEROUPPER
	RET

// func betweenAVX2(dst *uint16, first, second *byte, n int, upper uint32)
TEXT ·betweenAVX2(SB), NOSPLIT, $0-36
	MOVQ dst+0(FP), DI
	MOVQ first+8(FP), SI
	MOVQ second+16(FP), DX
	MOVQ n+24(FP), CX
	MOVL upper+32(FP), BX
	VMOVD BX, X0
	VPBROADCASTW X0, Y0
	MOVL $256, AX
	SUBL BX, AX
	VMOVD AX, X1
	VPBROADCASTW X1, Y1
between:
	VPMOVZXBW (SI), Y2
	VPMOVZXBW (DX), Y3
	VPMULLW Y0, Y2, Y2
	VPMULLW Y1, Y3, Y3
	VPADDW Y3, Y2, Y2
	VPSRLW $1, Y2, Y2
	VMOVDQU Y2, (DI)
	ADDQ $32, DI
	ADDQ $16, SI
	ADDQ $16, DX
	SUBQ $16, CX
	JNZ between
	VZEROUPPER
	RET

// TAKE gathers eight pairs of neighbours and mixes them.
#define TAKE(at, weights, to) \
	VMOVDQU at, Y2 \
	VPCMPEQD Y3, Y3, Y3 \
	VPGATHERDD Y3, (SI)(Y2*2), to \
	VPMADDWD weights, to, to \
	VPADDD Y0, to, to \
	VPSRLD $15, to, to

// func resampleAVX2(dst *byte, row *uint16, at, weights *uint32, n int)
TEXT ·resampleAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ row+8(FP), SI
	MOVQ at+16(FP), DX
	MOVQ weights+24(FP), R8
	MOVQ n+32(FP), CX
	ALL($16384, X0, Y0)
resample:
	TAKE((DX), (R8), Y4)
	TAKE(32(DX), 32(R8), Y5)
	STORE16(Y4, Y5, X4, X5)
	ADDQ $16, DI
	ADDQ $64, DX
	ADDQ $64, R8
	SUBQ $16, CX
	JNZ resample
	VZEROUPPER
	RET

// POINT is a value of the grid between two rows: a + (b-a)*Y0 >> X1.
#define POINT(a, b, to, t) \
	VMOVDQU a, t \
	VMOVDQU b, to \
	VPSUBD t, to, to \
	VPMULLD Y0, to, to \
	VPSRAD X1, to, to \
	VPADDD t, to, to

// WORDS narrows double words to words, without their upper halves, and stores them.
#define WORDS(y, x, t, to) \
	VPAND Y2, y, y \
	VEXTRACTI128 $1, y, t \
	VPACKUSDW t, x, x \
	VMOVDQU x, to

// func pointsAVX2(room *uint16, above, below *int32, points, stride int, part int32, bits int)
//
// It stores the values of the points of a row, the slopes to the next points per pixel, and half the slopes.
TEXT ·pointsAVX2(SB), NOSPLIT, $0-56
	MOVQ room+0(FP), DI
	MOVQ above+8(FP), SI
	MOVQ below+16(FP), DX
	MOVQ points+24(FP), CX
	MOVQ stride+32(FP), R8
	ALL(part+40(FP), X0, Y0)
	MOVQ bits+48(FP), AX
	VMOVQ AX, X1
	ALL($0xFFFF, X2, Y2)
points:
	POINT((SI), (DX), Y3, Y6)
	POINT(4(SI), 4(DX), Y4, Y6)
	VPSUBD Y3, Y4, Y4
	VPSRAD $1, Y4, Y5
	VPSRAD X1, Y4, Y4
	WORDS(Y3, X3, X6, (DI))
	WORDS(Y4, X4, X6, (DI)(R8*2))
	WORDS(Y5, X5, X6, (DI)(R8*4))
	ADDQ $16, DI
	ADDQ $32, SI
	ADDQ $32, DX
	SUBQ $8, CX
	JNZ points
	VZEROUPPER
	RET

// func gradientAVX2(dst *byte, room *uint16, noise *[NoiseSide / 4]uint64, n, stride, bits int, of *lanes)
TEXT ·gradientAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ room+8(FP), SI
	MOVQ noise+16(FP), DX
	MOVQ n+24(FP), BX
	MOVQ stride+32(FP), R8
	MOVQ bits+40(FP), CX
	MOVQ of+48(FP), AX
	VMOVDQU (AX), Y0
	VMOVDQU 32(AX), Y1
	VMOVDQU 64(AX), Y2
	MOVQ $32, R9 // bytes of the points of 16 pixels: 2*16 >> bits
	SHRQ CX, R9
	XORQ R10, R10 // where in the noise
gradient:
	VPBROADCASTQ (SI), Y3
	VPBROADCASTQ (SI)(R8*2), Y4
	VPBROADCASTQ (SI)(R8*4), Y5
	VPSHUFB Y0, Y3, Y3
	VPSHUFB Y0, Y4, Y4
	VPSHUFB Y0, Y5, Y5
	VPMULLW Y1, Y4, Y4
	VPMULLW Y2, Y5, Y5
	VPADDW (DX)(R10*1), Y3, Y3
	VPADDW Y5, Y4, Y4
	VPADDW Y4, Y3, Y3
	VPSRLW $8, Y3, Y3
	VEXTRACTI128 $1, Y3, X4
	VPACKUSWB X4, X3, X3
	VMOVDQU X3, (DI)
	ADDQ $16, DI
	ADDQ R9, SI
	ADDQ $32, R10
	ANDQ $127, R10
	SUBQ $16, BX
	JNZ gradient
	VZEROUPPER
	RET
