// SPDX-License-Identifier: Apache-2.0
//
// The formulas that are measured, by the names that limits/ and peers/ know.

enum Case: String, CaseIterable {
  case headline, exp, gauss, hilbert, poly, wave, atan2

  /// In our language.
  var formula: String {
    switch self {
    case .headline: "sin(i*j)*cos(i+j)"
    case .exp: "exp(-sqrt(i*j+1)/50)*tanh(i*0.01-j*0.02)"
    case .gauss: "exp(-((i-500)^2+(j-300)^2)/20000)"
    case .hilbert: "1/(i+j+1)"
    case .poly: "i*i*0.5+3*i*j-j*j*j*0.001+7"
    case .wave: "sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))"
    case .atan2: "atan2(i-0.5,j+0.25)*log(1+i*j)"
    }
  }
}
