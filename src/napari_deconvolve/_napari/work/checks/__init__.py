"""What a choice of image, PSF and settings amounts to: a plan, or the reasons why there is none."""
